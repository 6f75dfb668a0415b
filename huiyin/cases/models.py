"""Tables of the cases. `Event` is the log and is never changed; all else here is copied from it, or serves the writing of it.

Copies have no foreign keys in the database: they are made in one act with the case, and `huiyin rebuild` makes them again.
"""

from django.db import models

ORDINARY, REPORT, STAFF, STATE_SECRET = "ordinary", "report", "staff", "state_secret"
UNCOUNTED = (STAFF, STATE_SECRET)  # in no figure that is shown to whoever may not find the case (decision 0009)
HAS, HAD, RETURNED, ASSIST, TASK, TOLD, OFFICER = "has", "had", "returned", "assist", "task", "told", "officer"


class Case(models.Model):
    """The head of a case: where its chain ends, and what lists show. Everything but the head's own columns follows from events."""

    id = models.BigIntegerField(
        primary_key=True
    )  # given by numbers.case_ids before the first event, so that sealing knows it
    head_seq = models.IntegerField()
    head_hash = models.CharField(max_length=64)
    procedure_id = models.CharField(max_length=60)
    procedure_hash = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64, default="")  # of the query code a person tracks the case with
    series = models.CharField(max_length=120, null=True)
    series_no = models.IntegerField(null=True)
    number = models.CharField(
        max_length=60, null=True, db_index=True
    )  # none before registration; a number once given stays
    void = models.BooleanField(default=False)  # the registration was annulled; the number stays as void
    kind = models.CharField(max_length=20)
    channel = models.CharField(max_length=20, default="")
    category = models.CharField(max_length=200, default="")
    secrecy = models.CharField(max_length=12, default=ORDINARY)
    marks = models.CharField(max_length=120, default="")
    unit = models.CharField(max_length=64)  # the registrar; before registration the unit that began it
    handling_unit = models.CharField(max_length=64)
    stage = models.CharField(max_length=20)
    round = models.SmallIntegerField(default=1)
    ended = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    began = models.DateTimeField()  # `occurred` of the first event, of a history taken over: of its own first one
    created = models.DateTimeField()  # `recorded` of the first event
    updated = models.DateTimeField()  # `recorded` of the last event

    code = ""  # the query code, only on the object that register() returns; it is stored nowhere

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "series_no"], name="cases_no_number_twice")]
        indexes = [models.Index(fields=["-id", "marks"], name="cases_marked", condition=~models.Q(marks=""))]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class Event(models.Model):
    """One event of the log. `body` is the text that was hashed; the other columns are copies of it for queries."""

    pk = models.CompositePrimaryKey("case_id", "seq")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", db_index=False)
    seq = models.IntegerField()
    name = models.CharField(max_length=40)
    occurred = models.DateTimeField()
    recorded = models.DateTimeField()
    actor_role = models.CharField(max_length=30)
    actor_unit = models.CharField(max_length=64, default="")
    actor_person = models.CharField(max_length=64, default="")
    round = models.SmallIntegerField(default=1)
    late_entry = models.BooleanField(default=False)  # 补录: entered later than the office allows without a reason
    body = models.TextField()
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["name", "occurred"], name="cases_event_name"),
            models.Index(
                fields=["actor_person", "recorded"], name="cases_event_late", condition=models.Q(late_entry=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.name}"


class Party(models.Model):
    """A party as it stands: plain facts, and where its personal facts lie in the vault (name of the fact -> ref)."""

    case_id = models.BigIntegerField()
    no = models.CharField(max_length=40)  # "1", "2", ...: as events name it
    role = models.CharField(max_length=20)
    facts = models.JSONField(default=dict)
    identity = models.JSONField(default=dict)
    present = models.BooleanField(default=True)  # false: taken out again

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "no"], name="cases_one_party_each")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.no} {self.role}"


class ExternalRef(models.Model):
    """The number an outside system knows the case by; one outside item is taken over once."""

    case_id = models.BigIntegerField(db_index=True)
    system = models.CharField(max_length=40)
    no = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "no"], name="cases_taken_over_once")]

    def __str__(self) -> str:
        return f"{self.system}/{self.no}"


class Link(models.Model):
    """Two cases that belong together, as an event of the first says."""

    case_id = models.BigIntegerField(db_index=True)
    seq = models.IntegerField()
    other_id = models.BigIntegerField(db_index=True)
    relation = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "seq", "other_id"], name="cases_linked_once")]
        indexes = [models.Index(fields=["relation", "-case_id"], name="cases_link_relation")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.relation} {self.other_id}"


class Hop(models.Model):
    """One dispatch between bureaux."""

    case_id = models.BigIntegerField()
    no = models.SmallIntegerField()
    sender = models.CharField(max_length=64, default="")
    receiver = models.CharField(max_length=64)
    opened_by = models.IntegerField()
    opened = models.DateTimeField()
    closed_by = models.IntegerField(null=True)
    closed = models.DateTimeField(null=True)
    closed_with = models.CharField(max_length=40, default="")  # name of the event

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "no"], name="cases_one_hop_each")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.no} {self.sender} > {self.receiver}"


class CaseRound(models.Model):
    """One round of a case in one narrow row: what statistics count. Moments of the round's own events, none when there was none."""

    case_id = models.BigIntegerField()
    round = models.SmallIntegerField()
    procedure_id = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    channel = models.CharField(max_length=20, default="")
    source = models.CharField(max_length=20, default="")
    category = models.CharField(max_length=200, default="")
    complainant_kind = models.CharField(max_length=20, default="")
    respondent_kind = models.CharField(max_length=20, default="")
    area = models.CharField(
        max_length=20, default=""
    )  # code: of the place, else of the respondent, else of the complainant
    secrecy = models.CharField(max_length=12, default=ORDINARY)
    marks = models.CharField(max_length=120, default="")
    registrar = models.CharField(max_length=64, default="")
    handling_unit = models.CharField(max_length=64, default="")
    stage = models.CharField(max_length=20, default="")
    registered = models.DateTimeField(null=True)
    accepted = models.DateTimeField(null=True)
    refused = models.DateTimeField(null=True)
    dispatched = models.DateTimeField(null=True)
    received = models.DateTimeField(null=True)
    filed = models.DateTimeField(null=True)
    concluded = models.DateTimeField(null=True)
    replied = models.DateTimeField(null=True)
    called_back = models.DateTimeField(null=True)
    archived = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)  # ended otherwise than by being concluded
    end_event = models.CharField(max_length=40, default="")
    outcome = models.CharField(max_length=40, default="")
    satisfaction = models.CharField(max_length=20, default="")
    lateness = models.JSONField(default=dict)  # target -> "met" | "late" | "running" | "paused" | "closed"
    urged = models.SmallIntegerField(default=0)
    extended = models.SmallIntegerField(default=0)
    returned = models.SmallIntegerField(default=0)
    amount_fen = models.BigIntegerField(null=True)
    loss_fen = models.BigIntegerField(null=True)
    recovered_fen = models.BigIntegerField(null=True)
    void = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "round"], name="cases_one_row_a_round")]
        indexes = [
            models.Index(fields=["registered", "kind"], name="cases_round_registered"),
            models.Index(
                fields=["handling_unit"], name="cases_round_unhappy", condition=models.Q(satisfaction="dissatisfied")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.round}"


class AccessEntry(models.Model):
    """A unit that has or had a case, or (how = officer) a person assigned to it or who acted in it. `secrecy` is the case's."""

    case_id = models.BigIntegerField()
    unit = models.CharField(max_length=64)
    person = models.CharField(max_length=64, default="")
    how = models.CharField(max_length=10)  # has | had | returned | assist | task | told | officer
    secrecy = models.CharField(max_length=12, default=ORDINARY)
    assigned = models.BooleanField(
        default=False
    )  # officers of this unit were named: its other handlers have no part in the case

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "unit", "person"], name="cases_one_entry_each")]
        indexes = [
            models.Index(fields=["unit", "-case_id"], name="cases_access_unit"),
            models.Index(  # of a handler who sees only what nobody else was given
                fields=["unit", "-case_id"],
                name="cases_access_free",
                condition=models.Q(assigned=False) & ~models.Q(how=OFFICER),
            ),
            models.Index(fields=["person", "-case_id"], name="cases_access_person", condition=models.Q(how=OFFICER)),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.how} {self.unit}"


class Wall(models.Model):
    """Whom a case is about, or who stepped aside: never finds it. One of unit and person; `below`: and the units below."""

    case_id = models.BigIntegerField(db_index=True)
    unit = models.CharField(max_length=64, default="")
    person = models.CharField(max_length=64, default="")
    below = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "unit", "person"], name="cases_one_wall_each")]

    def __str__(self) -> str:
        return f"{self.case_id} | {self.unit or self.person}"


class PartyCode(models.Model):
    """A code by which a party answers on its own page, handed out with a notice and stored as a digest. It opens the case for one round of it;
    `seq`: the event whose notice carried it, 0 where an officer handed it out (`by`). `revoked`: it opens nothing any more."""

    code_hash = models.CharField(max_length=64, unique=True)
    case_id = models.BigIntegerField(db_index=True)
    party = models.CharField(max_length=40)
    round = models.SmallIntegerField()
    seq = models.IntegerField(default=0)
    by = models.CharField(max_length=64, default="")
    made = models.DateTimeField()
    revoked = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.case_id}/{self.party} round {self.round}"


class Business(models.Model):
    """A business as a case described it, closed. The newest row of a code counts; rows are only added."""

    code = models.CharField(max_length=18, db_index=True)  # unified social credit code
    digest = models.CharField(max_length=32)  # of what is closed
    closed = models.BinaryField()  # name, address, area, kind

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "digest"], name="cases_business_as_written")]

    def __str__(self) -> str:
        return self.code


class BusinessPart(models.Model):
    """A part of a business's name, by which it is found while somebody types."""

    token = models.CharField(max_length=32)
    business_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["token", "-business_id"], name="cases_business_part")]

    def __str__(self) -> str:
        return str(self.business_id)


class Counter(models.Model):
    """The last number given in a series. Taken in the transaction that uses it, so a rollback gives it back (D7)."""

    series = models.CharField(max_length=120, primary_key=True)
    value = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.series} {self.value}"


class IdempotencyKey(models.Model):
    """A request that was carried out, with what it wrote: asked again, it is answered and not repeated (D14). Kept seven days."""

    who = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    request = models.CharField(max_length=64)  # keyed digest of what was asked
    case_id = models.BigIntegerField()
    first_seq = models.IntegerField(default=1)
    last_seq = models.IntegerField(default=0)
    made = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "key"], name="cases_done_once")]

    def __str__(self) -> str:
        return f"{self.who}/{self.key}"


class Draft(models.Model):
    """What somebody typed before it was registered: sealed under the id that the case will have. Drafts have no number."""

    id = models.BigIntegerField(primary_key=True)
    owner = models.CharField(max_length=80)  # "p12", or "web:" and the digest of the visitor's token
    procedure_id = models.CharField(max_length=60, default="")
    unit = models.CharField(max_length=64, default="")
    ref = models.CharField(max_length=32)  # of the newest sealed text
    saved = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "-saved"], name="cases_draft_owner")]

    def __str__(self) -> str:
        return f"draft {self.pk}"


class SavedFilter(models.Model):
    """What an officer filters a list by, under a name of his own (cases/saved.py)."""

    owner = models.CharField(max_length=80)  # key of the person
    page = models.CharField(max_length=20)  # name of the list
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=300)  # as the address has it
    made = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="cases_filter_by_name")]

    def __str__(self) -> str:
        return f"filter {self.pk}"


class Anchor(models.Model):
    """The Merkle root over the heads of all cases in one snapshot, and the anchor before it (D5). Rows are never changed."""

    number = models.IntegerField(primary_key=True)
    made = models.DateTimeField()
    cases = models.BigIntegerField()
    events = models.BigIntegerField()
    admin_seq = models.BigIntegerField(default=0)
    admin_hash = models.CharField(max_length=64, default="")
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"anchor {self.number}"


class AnchorLeaf(models.Model):
    """Head of a case as an anchor found it; written where it had changed since the anchor before. Rows are never changed."""

    pk = models.CompositePrimaryKey("case_id", "anchor_id")
    case_id = models.BigIntegerField()
    anchor = models.ForeignKey(
        Anchor, on_delete=models.PROTECT, related_name="leaves", db_constraint=False, db_index=False
    )
    seq = models.IntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.anchor_id}: {self.case_id}/{self.seq}"


class OpenEnd(models.Model):
    """Something in a case that somebody has begun and somebody has to finish: a dispatch nobody signed for, a request that waits for a
    decision, a case without an officer, a task, a test. One row for each who may finish it: `unit`, and where only some may, their `role`."""

    case_id = models.BigIntegerField()
    seq = models.IntegerField()  # of the event that began it
    sort = models.CharField(
        max_length=12
    )  # decision | unassigned | unsigned | task | test | demand | suspension | urging | granted | ...
    unit = models.CharField(max_length=64)
    role = models.CharField(max_length=30, default="")  # empty: anybody there
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case_id", "seq", "sort", "unit", "role"], name="cases_open_end_once")
        ]
        indexes = [models.Index(fields=["unit", "sort", "since", "id"], name="cases_open_ends")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.sort} {self.unit}"


class BoardCounter(models.Model):
    """A figure of a board, as the sweep last counted it: of one unit and, where it matters, one role there."""

    unit = models.CharField(max_length=64)
    role = models.CharField(max_length=30, default="")
    name = models.CharField(max_length=20)  # red | amber | green | repeat | dissatisfied | a sort of open end
    value = models.IntegerField()
    counted = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "role", "name"], name="cases_one_counter_each")]

    def __str__(self) -> str:
        return f"{self.unit} {self.name}: {self.value}"


PROTECTED = ("cases_event", "cases_anchor", "cases_anchorleaf")
