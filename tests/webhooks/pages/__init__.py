"""The pages of endpoints, deliveries and events."""
