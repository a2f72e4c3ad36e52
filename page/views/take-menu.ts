/**
 * The menu of downloads and commands for the selection.
 */
import type { TakeAnswer } from '../../src/ui/answers.js';
import { fetchAnswer, formatDataAddress } from '../data/fetch.js';
import { copyText } from '../parts/copy-button.js';
import { showMenu, type MenuItem } from '../parts/menu.js';
import { openId, selectionQuery, view } from '../state/address.js';

const FORMS: Readonly<Record<TakeAnswer['files'][number]['form'], string>> = {
  tape: 'session as a tape',
  har: 'as HAR',
  jsonl: 'as JSON lines',
  csv: 'as CSV',
};

/** Opens the menu below a button, for the selection and for the open session. */
export async function openTakeMenu(button: Element): Promise<void> {
  const session = view.value === 'sessions' && openId.value !== null ? `session=${openId.value}` : '';
  const items = [...(await listTaken(session)), linkItem()];
  showMenu('Take away', button, items);
}

async function listTaken(session: string): Promise<readonly MenuItem[]> {
  try {
    const answer = await fetchAnswer<TakeAnswer>(formatDataAddress('/take', selectionQuery.value, session));
    return [
      ...answer.files.map(({ form, href, name, refusal }) => ({
        label: `save ${FORMS[form]}`,
        action: () => undefined,
        refusal,
        download: { href, name },
      })),
      ...answer.commands.map(({ about, command }) => ({
        label: `copy command: ${about}`,
        action: () => void copyText(command),
      })),
    ];
  } catch (error) {
    return [{ label: error instanceof Error ? error.message : 'failed', action: () => undefined }];
  }
}

function linkItem(): MenuItem {
  return { label: 'copy link to what is shown', action: () => void copyText(location.href) };
}
