"""`make chaos`: kills processes at random and checks that no change and no delivery is lost."""
