"""Conventions of all command lines: exit codes, sentences about settings, help."""
