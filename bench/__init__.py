"""One command for each promise about speed; every figure is printed beside its floor, taken in the same run."""
