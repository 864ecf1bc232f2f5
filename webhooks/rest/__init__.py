"""The routes of endpoints, deliveries and events: their views, requests and replies."""
