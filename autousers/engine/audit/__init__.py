"""The audit engine: it fetches a page, measures it, and judges the measures as a persona would."""
