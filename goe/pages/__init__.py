"""What people see: numbers in words, the map, the tables and the templates of the portal.

Pages turn records of `goe.rules` into HTML and know nothing of networks or disks; the doors hand them what they show.
"""

from goe.pages.render import STATIC, Site, accessibility, choice, design, design_report, home, how_to_read, message, variant

__all__ = ["STATIC", "Site", "accessibility", "choice", "design", "design_report", "home", "how_to_read", "message", "variant"]
