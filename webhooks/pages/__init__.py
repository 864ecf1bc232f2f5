"""The pages of endpoints, deliveries and events, for the Admins of a team."""
