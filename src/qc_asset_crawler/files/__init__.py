"""The disk, handled with care: folders by descriptor, atomic writes, locks, the disk's clock."""
