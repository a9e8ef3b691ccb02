"""Loaded by workers of one's own: Ctrl-C is for the command, which ends them.

A terminal sends it to every process that was begun from it, and each would tell of its own end.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
