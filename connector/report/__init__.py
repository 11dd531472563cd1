"""What people read: the funnel, the leaks, the story of one person."""
