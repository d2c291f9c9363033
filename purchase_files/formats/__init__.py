"""Files of all formats as tables of texts, with every line accounted for."""
