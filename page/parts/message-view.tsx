/**
 * A chat message. Its texts come from the recording and never become markup.
 */
import type { JSX } from 'preact';
import type { MessageCard } from '../../src/ui/answers.js';
import { formatBytes } from '../../src/units.js';
import { showLines, showText } from './plain-text.js';

const MAX_CONTENT = 4_000;

/** A message. */
export function MessageView({ message }: { readonly message: MessageCard }): JSX.Element {
  return (
    <article class="message" aria-label="Message">
      <div class="avatar" aria-hidden="true">
        {showText(String.fromCodePoint(message.author.codePointAt(0) ?? 63)).toUpperCase()}
      </div>
      <div class="message-text">
        <h3>
          <bdi>{showText(message.author, 64)}</bdi>
          {message.isBot && <span class="badge">app</span>}
        </h3>
        <p class="message-content" dir="auto">
          {showLines(message.content, MAX_CONTENT)}
        </p>
        {message.embeds.map(({ title, description }, index) => (
          <div key={index} class="embed">
            {title !== null && <strong dir="auto">{showText(title)}</strong>}
            {description !== null && (
              <p class="message-content" dir="auto">
                {showLines(description, MAX_CONTENT)}
              </p>
            )}
          </div>
        ))}
        {message.attachments.map(({ name, sizeBytes }, index) => (
          <p key={index} class="dim">
            <span aria-hidden="true">⊞ </span>
            <bdi>{showText(name, 100)}</bdi>
            {sizeBytes !== null && ` · ${formatBytes(sizeBytes)}`}
          </p>
        ))}
      </div>
    </article>
  );
}
