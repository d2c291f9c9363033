"""Runs the service for `skaffold dev`: SIGHUP starts it anew with changed code, in the same process."""

import os
import runpy
import signal
import sys

# A container whose process ends is started later and later by the kubelet; this one does not end.
signal.signal(signal.SIGHUP, lambda *_: os.execv(sys.executable, sys.orig_argv))  # noqa: S606  our own arguments
sys.argv = ["service", "serve"]
runpy.run_module("service", run_name="__main__", alter_sys=True)
