"""What runs attacks beside honest clients and says what came of it."""
