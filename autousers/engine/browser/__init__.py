"""The observer with a real browser: Chromium, steered by Playwright, behind a proxy of ours.

Pages are hostile. Nothing here knows of rows, teams or settings.
"""
