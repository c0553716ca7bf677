"""``python -m fairgames`` is the command ``fairgames``."""

from fairgames.start import main

if __name__ == "__main__":
    main()
