"""What we measured: records of a lab's own membranes, units as a chemist types them, impedance."""
