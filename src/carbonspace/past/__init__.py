"""What an earlier evaluation came to, taken over where nothing within reach has changed since."""
