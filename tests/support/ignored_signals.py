"""Signals that this process ignores, and the programs that it starts do not."""

import signal

_STOPPING = (signal.SIGINT, signal.SIGHUP)


def handle_ignored_signals() -> None:
    """Replaces ignored signals by handlers without effect.

    Under nohup, and in the background of some shells, a run ignores them. Its programs inherit that, but no handler.
    Tests that stop such a program would wait for it.
    """
    for number in _STOPPING:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda received, frame: None)
