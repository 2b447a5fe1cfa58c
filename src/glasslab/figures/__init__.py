"""Pictures: numbers first, as frozen values; then a chart, or a picture made of pixels."""
