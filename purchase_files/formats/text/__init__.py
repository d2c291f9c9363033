"""Text files: encoding, separator, header and lines."""
