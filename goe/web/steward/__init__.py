"""Pages for the steward of one node, on the machine of the node, behind a sign-in that is a stand-in."""
