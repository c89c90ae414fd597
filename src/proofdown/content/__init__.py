"""What is on disk: pages, front matter, nav, assets, diagrams' files; `discovery` is the door."""
