"""What proves the history: roots, anchors, verification, and an auditor's questions."""
