"""A bot of discord.py that prints what its gateway sends, one payload a line; pointed by code on standard input."""
import json
import sys

import discord
import yarl

given = json.load(sys.stdin)
exec(given["code"], {"discord": discord, "yarl": yarl})


class Bot(discord.Client):
    async def on_socket_raw_receive(self, message: str) -> None:
        print(message, flush=True)


bot = Bot(intents=discord.Intents(guilds=True, guild_messages=True), enable_debug_events=True)
bot.run(given["token"], log_handler=None)
