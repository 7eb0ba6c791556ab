"""The seat at a terminal: a full screen, or plain lines where there is none; both drive `studies.play.looking`."""
