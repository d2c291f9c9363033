"""Runs the service for `skaffold dev`, and restarts it in place on SIGHUP."""

import os
import runpy
import signal
import sys

# The process does not end, because the kubelet restarts an ended container with growing delays.
signal.signal(signal.SIGHUP, lambda *_: os.execv(sys.executable, sys.orig_argv))  # noqa: S606 - our own arguments
sys.argv = ["service", "serve"]
runpy.run_module("service", run_name="__main__", alter_sys=True)
