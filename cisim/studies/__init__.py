"""Questions to one scenario: arms compared, conditions switched, programmes followed, assumptions varied."""
