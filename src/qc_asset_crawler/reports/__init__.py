"""Reports over what is recorded: gathered from the sidecars, judged, laid out, written."""
