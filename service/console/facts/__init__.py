"""Answers to the questions of the console, as plain structs.

The pages and the API show the same ones.
"""
