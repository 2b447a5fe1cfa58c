"""A document: the report as one HTML file, and its table as CSV, Markdown and LaTeX."""
