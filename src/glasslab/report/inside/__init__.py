"""The parts of the section "inside the networks": how what each probe saw is shown, one probe a file."""
