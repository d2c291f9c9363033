"""From facts to HTML: templates, drawings, styles and scripts."""
