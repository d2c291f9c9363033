"""How long learning takes and what memory it needs, on made-up purchase logs."""
