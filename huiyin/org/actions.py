"""The acts of administration, for the floors above: units and areas, people and postings, what units work by, the directory of other
authorities, keys. What they have in common, and what `by` and dates mean, stands in acts.py.
"""

from huiyin.org.acts import ADMINISTRATORS, BadAct, may
from huiyin.org.adopting import SETTING_TYPES, adopt, end_adoption, set_setting
from huiyin.org.authorities import check_authority, close_authority, set_authority
from huiyin.org.keys import rotate_keys
from huiyin.org.people import (
    appoint,
    before_leaving,
    change_own_password,
    create_person,
    end_posting,
    password_given,
    rename_person,
    set_active,
    set_password,
)  # fmt: skip
from huiyin.org.units import UNIT_ID, change_unit, close_unit, create_unit, set_area, set_areas, set_place

__all__ = [
    "ADMINISTRATORS", "SETTING_TYPES", "UNIT_ID", "BadAct", "adopt", "appoint", "before_leaving", "change_own_password", "change_unit",
    "check_authority", "close_authority", "close_unit", "create_person", "create_unit", "end_adoption", "end_posting", "may",
    "password_given", "rename_person", "rotate_keys", "set_active", "set_area", "set_areas", "set_authority", "set_password", "set_place",
    "set_setting",
]  # fmt: skip
