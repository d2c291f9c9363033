"""Cookies of servers that programs call, which keep none."""

from http.cookiejar import CookieJar, DefaultCookiePolicy

NO_COOKIES = CookieJar(DefaultCookiePolicy(allowed_domains=()))
"""A jar that stays empty.

A cookie of an answer about one shopper would be sent with calls about others, and the headers would grow with each.
"""
