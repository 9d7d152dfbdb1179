/* Compiling plans. A type is flattened into runs of scalars when it is small, else taken apart
 * into its fields' plans. Every offset is checked here, once, so that running is safe. */
#include "plan.h"
#include "scalar.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64, MAX_FLAT_BYTES = 1024, MAX_PICKS = 64 };

PrStatus pr_plans_init(PrPlans *plans, const PrDesc *desc, uint32_t from, uint32_t to,
                       PrError *error)
{
    *plans = (PrPlans){.desc = desc, .use_windows = pr_windows_usable()};
    if (from >= desc->n_layouts || to >= desc->n_layouts)
        return pr_fail(error, PR_E_ARCH, "no such layout", 0, NULL);
    plans->from = &desc->layouts[from];
    plans->to = &desc->layouts[to];
    plans->plan = calloc(desc->n_types, sizeof *plans->plan);
    return plans->plan ? PR_OK : pr_fail(error, PR_E_NOMEM, "conversion plans", 0, NULL);
}

static void plan_free(PrPlan *plan)
{
    if (!plan)
        return;
    free(plan->leaves);
    free(plan->specials);
    free(plan->picks);
    free(plan->packed.list);
    free(plan->single.list);
    free(plan);
}

void pr_plans_fini(PrPlans *plans)
{
    for (uint32_t i = 0; plans->plan && i < plans->desc->n_types; i++)
        plan_free(plans->plan[i]);
    free(plans->plan);
    plans->plan = NULL;
}

/* ---- flattening ---- */
typedef struct Flat { /* leaves found so far */
    PrPlans *plans;
    PrLeaf *list;
    uint32_t n;
    PrPick *open; /* unions that structs around the place at hand have a choice for */
    PrPick *picks;
    uint32_t n_open, n_picks;
    bool too_many, failed;
    PrError *error;
} Flat;

static void add_leaf(Flat *flat, uint64_t from, uint64_t to, uint32_t type, uint64_t n)
{
    if (flat->n == PR_MAX_LEAVES) {
        flat->too_many = true;
        return;
    }
    flat->list[flat->n++] = (PrLeaf){
        .from = from, .to = to, .n = n, .type = type,
        .from_bytes = (uint8_t)flat->plans->from->size[type],
        .to_bytes = (uint8_t)flat->plans->to->size[type]};
}

static void fail_type(Flat *flat, uint32_t type, const char *what)
{
    if (!flat->failed)
        pr_fail(flat->error, PR_E_FORMAT, what, type, flat->plans->desc->types[type].name);
    flat->failed = true;
}

static bool scalar_ok(const PrLayout *layout, uint32_t type, PrKind kind)
{
    static const uint8_t least[] = {[PR_LDBL_X87] = 10, [PR_LDBL_M68K] = 12, [PR_LDBL_QUAD] = 16,
                                    [PR_LDBL_DOUBLE] = 8, [PR_LDBL_IBM] = 16};
    uint64_t size = layout->size[type];
    if (kind == PR_LDOUBLE)
        return size >= least[layout->arch->ldbl] && size <= 16;
    if (kind == PR_DOUBLE)
        return size == 8;
    if (kind == PR_FLOAT)
        return size == 4;
    if (pr_kind_is_pointer(kind))
        return size == layout->arch->pointer_bytes;
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool fields_fit(const PrPlans *plans, const PrType *t, uint32_t type)
{
    const PrLayout *both[2] = {plans->from, plans->to};
    for (unsigned l = 0; l < 2; l++)
        for (uint32_t i = 0; i < t->n_fields - (t->kind == PR_FLEX); i++) {
            uint32_t f = t->first_field + i, ft = plans->desc->fields[f].type;
            uint64_t size = both[l]->size[type], part = both[l]->size[ft];
            if (plans->desc->fields[f].bits) {
                size *= 8;
                part = plans->desc->fields[f].bits;
            }
            if (part > size || both[l]->offset[f] > size - part)
                return false;
        }
    return true;
}

static bool array_fits(const PrPlans *plans, const PrType *t, uint32_t type)
{
    const PrLayout *both[2] = {plans->from, plans->to};
    for (unsigned l = 0; l < 2; l++) {
        uint64_t size = both[l]->size[type], part = both[l]->size[t->elem];
        if (part != 0 && (size / part != t->count || size % part != 0))
            return false;
    }
    return true;
}

/* ---- unions ---- */

/* Where steps from a struct at these offsets lead, and to which field; checked with the schema. */
static uint32_t walk(const PrPlans *plans, uint32_t first, uint32_t n, uint64_t *from, uint64_t *to)
{
    uint32_t field = plans->desc->steps[first];
    for (uint32_t i = 0; i < n; i++) {
        field = plans->desc->steps[first + i];
        bool bits = plans->desc->fields[field].bits;
        *from = (bits ? 8 * *from : *from) + plans->from->offset[field];
        *to = (bits ? 8 * *to : *to) + plans->to->offset[field];
    }
    return field;
}

static PrPick pick_of(const PrPlans *plans, uint32_t choice, uint64_t from, uint64_t to)
{
    const PrChoice *c = &plans->desc->choices[choice];
    PrPick pick = {.from = from, .to = to, .choice = choice};
    uint32_t at = walk(plans, c->first_step, c->n_union, &pick.from, &pick.to);
    pick.type = plans->desc->fields[at].type;
    pick.tag = (PrLeaf){.from = from, .to = to, .n = 1};
    uint32_t tag = walk(plans, c->first_step + c->n_union, c->n_tag, &pick.tag.from, &pick.tag.to);
    pick.tag.type = plans->desc->fields[tag].type;
    pick.tag.bits = (uint8_t)plans->desc->fields[tag].bits;
    pick.tag.from_bytes = (uint8_t)plans->from->size[pick.tag.type];
    return pick;
}

/* Choices of the struct that begins here; the caller takes them away behind it. */
static void open_choices(Flat *flat, uint32_t type, uint64_t from, uint64_t to)
{
    const PrDesc *desc = flat->plans->desc;
    for (uint32_t i = 0; i < desc->n_choices; i++)
        if (desc->choices[i].owner == type) {
            if (flat->n_open == MAX_PICKS)
                flat->too_many = true;
            else
                flat->open[flat->n_open++] = pick_of(flat->plans, i, from, to);
        }
}

static void add_pick(Flat *flat, uint32_t type, uint64_t from, uint64_t to)
{
    PrPick pick = {.from = from, .to = to, .type = type, .choice = PR_NO_FIELD};
    for (uint32_t i = flat->n_open; i-- > 0;) /* the innermost struct's */
        if (flat->open[i].from == from && flat->open[i].type == type) {
            pick = flat->open[i];
            break;
        }
    if (flat->n_picks == MAX_PICKS)
        flat->too_many = true;
    else
        flat->picks[flat->n_picks++] = pick;
}

static void flatten(Flat *flat, uint32_t type, uint64_t from, uint64_t to, unsigned depth);

/* A FLEX block's tail is not part of its fields. */
static uint32_t plain_fields(const PrType *t) { return t->n_fields - (t->kind == PR_FLEX); }

static void flatten_fields(Flat *flat, uint32_t type, uint64_t from, uint64_t to, unsigned depth)
{
    const PrPlans *plans = flat->plans;
    const PrType *t = &plans->desc->types[type];
    uint32_t open = flat->n_open;
    open_choices(flat, type, from, to);
    for (uint32_t i = 0; i < plain_fields(t); i++) {
        uint32_t f = t->first_field + i, bits = plans->desc->fields[f].bits, before = flat->n;
        uint64_t fo = plans->from->offset[f], fp = plans->to->offset[f];
        if (!bits) {
            flatten(flat, plans->desc->fields[f].type, from + fo, to + fp, depth + 1);
            continue;
        }
        add_leaf(flat, 8 * from + fo, 8 * to + fp, plans->desc->fields[f].type, 1);
        if (flat->n > before)
            flat->list[before].bits = (uint8_t)bits;
    }
    flat->n_open = open;
}

static void flatten_array(Flat *flat, uint32_t type, uint64_t from, uint64_t to, unsigned depth)
{
    const PrPlans *plans = flat->plans;
    const PrType *t = &plans->desc->types[type], *elem = &plans->desc->types[t->elem];
    uint64_t fs = plans->from->size[t->elem], ts = plans->to->size[t->elem];
    if (!array_fits(plans, t, type)) {
        fail_type(flat, type, "array's size is not that of its elements");
        return;
    }
    bool scalar = elem->kind >= PR_BOOL && elem->kind <= PR_FPTR;
    if (scalar && t->count > 0) {
        uint32_t before = flat->n;
        flatten(flat, t->elem, from, to, depth + 1);
        if (flat->n > before)
            flat->list[before].n = t->count;
        return;
    }
    for (uint64_t i = 0; i < t->count && !flat->too_many && !flat->failed; i++) {
        uint32_t before = flat->n;
        flatten(flat, t->elem, from + i * fs, to + i * ts, depth + 1);
        if (flat->n == before) /* nothing in it, however many there are */
            break;
    }
}

/* Appends the scalars of `type` at these offsets. */
static void flatten(Flat *flat, uint32_t type, uint64_t from, uint64_t to, unsigned depth)
{
    const PrPlans *plans = flat->plans;
    const PrType *t = &plans->desc->types[type];
    if (flat->failed || flat->too_many)
        return;
    if (depth > MAX_DEPTH) {
        fail_type(flat, type, "type nested too deeply");
        return;
    }
    switch (t->kind) {
    case PR_VOID: case PR_FUNC: case PR_N_KINDS:
    case PR_OPAQUE: /* stays zero */
        break;
    case PR_ARRAY:
        flatten_array(flat, type, from, to, depth);
        break;
    case PR_STRUCT: case PR_FLEX:
        if (!fields_fit(plans, t, type)) {
            fail_type(flat, type, "field outside its structure");
            return;
        }
        flatten_fields(flat, type, from, to, depth);
        break;
    case PR_UNION:
        add_pick(flat, type, from, to);
        break;
    default:
        if (scalar_ok(plans->from, type, t->kind) && scalar_ok(plans->to, type, t->kind))
            add_leaf(flat, from, to, type, 1);
        else
            fail_type(flat, type, "scalar of an impossible size");
    }
}

/* ---- forms ---- */
static bool keep_picks(PrPlan *plan, const Flat *flat)
{
    if (flat->n_picks == 0)
        return true;
    plan->picks = calloc(flat->n_picks, sizeof *plan->picks);
    if (!plan->picks)
        return false;
    memcpy(plan->picks, flat->picks, flat->n_picks * sizeof *plan->picks);
    plan->n_picks = flat->n_picks;
    return true;
}

/* left and right, next and previous: looked at two by two. */
static void pair_pointers(PrPlan *plan, const PrDesc *desc)
{
    for (uint32_t i = 0; i + 1 < plan->n_specials; i++) {
        PrLeaf *leaf = &plan->specials[i], *next = leaf + 1;
        leaf->with_next = leaf->one_pointer && next->one_pointer && leaf->type == next->type &&
                          desc->types[leaf->type].kind == PR_PTR && next->from == leaf->from + leaf->from_bytes;
        i += leaf->with_next;
    }
}

static bool split_leaves(PrPlan *plan, const Flat *flat)
{
    plan->leaves = calloc(flat->n + 1, sizeof *plan->leaves);
    plan->specials = calloc(flat->n + 1, sizeof *plan->specials);
    if (!plan->leaves || !plan->specials)
        return false;
    for (uint32_t i = 0; i < flat->n; i++) {
        PrKind kind = flat->plans->desc->types[flat->list[i].type].kind;
        PrLeaf leaf = flat->list[i];
        leaf.one_pointer = pr_kind_is_pointer(kind) && leaf.n == 1;
        if (pr_kind_is_pointer(kind) || kind == PR_LDOUBLE || leaf.bits)
            plan->specials[plan->n_specials++] = leaf;
        else
            plan->leaves[plan->n_leaves++] = leaf;
    }
    pair_pointers(plan, flat->plans->desc);
    return true;
}

/* The data may be copied as it is: same places, same byte order, no padding (which must become
 * zero), no _Bool (which must become 0 or 1). Pointers are looked at afterwards. */
static bool copies(const PrPlans *plans, const PrPlan *plan)
{
    uint64_t covered = 0;
    bool same_order = plans->from->arch->big_endian == plans->to->arch->big_endian;
    for (unsigned k = 0; k < 2; k++) {
        const PrLeaf *list = k ? plan->specials : plan->leaves;
        for (uint32_t i = 0; i < (k ? plan->n_specials : plan->n_leaves); i++) {
            PrKind kind = plans->desc->types[list[i].type].kind;
            if (list[i].from != list[i].to || list[i].from_bytes != list[i].to_bytes ||
                kind == PR_BOOL || kind == PR_LDOUBLE || list[i].bits ||
                (!same_order && list[i].from_bytes > 1))
                return false;
            covered += list[i].n * list[i].to_bytes;
        }
    }
    return plan->from_size == plan->to_size && covered == plan->to_size;
}

static uint32_t group_for(uint64_t to_size)
{
    uint32_t group = 1;
    while (group < PR_MAX_GROUP && group * to_size % 16 != 0)
        group *= 2;
    return group * to_size > MAX_FLAT_BYTES ? 1 : group;
}

static PrStatus finish_flat(PrPlans *plans, PrPlan *plan)
{
    plan->form = copies(plans, plan) ? PR_FORM_COPY : PR_FORM_FLAT;
    bool moves = plan->n_leaves > 0;
    for (uint32_t i = 0; i < plan->n_specials; i++)
        moves |= pr_leaf_is_pointer(plans, &plan->specials[i]);
    if (!moves)
        return PR_OK;
    PrStatus status = pr_windows_make(plans, plan, 1, &plan->single);
    uint32_t group = group_for(plan->to_size);
    if (status == PR_OK && group > 1)
        status = pr_windows_make(plans, plan, group, &plan->packed);
    return status;
}

/* A large struct goes field by field: its own unions are looked at here, those further inside must
 * have their tags there too. */
static void step_picks(Flat *flat, uint32_t type)
{
    const PrPlans *plans = flat->plans;
    const PrType *t = &plans->desc->types[type];
    open_choices(flat, type, 0, 0);
    for (uint32_t i = 0; i < flat->n_open; i++)
        if (plans->desc->choices[flat->open[i].choice].n_union != 1)
            fail_type(flat, type, "union too deep inside a large structure");
    for (uint32_t i = 0; i < plain_fields(t); i++) {
        uint32_t f = t->first_field + i;
        if (plans->desc->types[plans->desc->fields[f].type].kind == PR_UNION)
            add_pick(flat, plans->desc->fields[f].type, plans->from->offset[f], plans->to->offset[f]);
    }
    if (flat->too_many)
        fail_type(flat, type, "too many unions in one structure");
}

static PrStatus build(PrPlans *plans, PrPlan *plan, Flat *flat)
{
    const PrType *t = &plans->desc->types[plan->type];
    plan->from_size = plans->from->size[plan->type];
    plan->to_size = plans->to->size[plan->type];
    if (t->kind == PR_VOID || t->kind == PR_FUNC || !plan->to_size || !plan->from_size) {
        if (plan->to_size != 0 || plan->from_size != 0)
            fail_type(flat, plan->type, "type is empty in one layout only");
        plan->form = PR_FORM_EMPTY;
        return PR_OK;
    }
    if (t->kind == PR_ARRAY) {
        if (!array_fits(plans, t, plan->type))
            fail_type(flat, plan->type, "array's size is not that of its elements");
        plan->form = PR_FORM_ARRAY;
        return PR_OK;
    }
    bool small = plan->from_size <= MAX_FLAT_BYTES && plan->to_size <= MAX_FLAT_BYTES;
    if (small)
        flatten(flat, plan->type, 0, 0, 0);
    if (flat->failed)
        return PR_OK;
    if (!small || flat->too_many) {
        if (t->kind == PR_UNION || !fields_fit(plans, t, plan->type))
            fail_type(flat, plan->type, "field outside its structure");
        plan->form = PR_FORM_STEPS;
        flat->n_picks = flat->n_open = 0;
        flat->too_many = false;
        if (!flat->failed)
            step_picks(flat, plan->type);
        return keep_picks(plan, flat) ? PR_OK : PR_E_NOMEM;
    }
    return split_leaves(plan, flat) && keep_picks(plan, flat) ? finish_flat(plans, plan) : PR_E_NOMEM;
}

const PrPlan *pr_plans_get(PrPlans *plans, uint32_t type, PrError *error)
{
    if (plans->plan[type])
        return plans->plan[type];
    PrPlan *plan = calloc(1, sizeof *plan);
    Flat flat = {.plans = plans, .error = error};
    flat.list = calloc(PR_MAX_LEAVES, sizeof *flat.list);
    flat.open = calloc(2 * MAX_PICKS, sizeof *flat.open);
    flat.picks = flat.open ? flat.open + MAX_PICKS : NULL;
    PrStatus status = PR_E_NOMEM;
    if (plan && flat.list && flat.open) {
        plan->type = type;
        status = build(plans, plan, &flat);
    }
    free(flat.list);
    free(flat.open);
    if (status != PR_OK)
        pr_fail(error, status, "conversion plan", type, NULL);
    if (status != PR_OK || flat.failed) {
        plan_free(plan);
        return NULL;
    }
    return plans->plan[type] = plan;
}

static bool same_offsets(const PrPlans *plans, uint32_t type, unsigned depth)
{
    const PrType *t = &plans->desc->types[type];
    if (depth > MAX_DEPTH || plans->from->size[type] != plans->to->size[type])
        return false;
    if (t->kind == PR_ARRAY)
        return same_offsets(plans, t->elem, depth + 1);
    for (uint32_t i = 0; pr_kind_has_fields(t->kind) && i < t->n_fields; i++) {
        uint32_t f = t->first_field + i;
        if (plans->desc->fields[f].bits) /* nothing points to it */
            continue;
        if (plans->from->offset[f] != plans->to->offset[f] ||
            !same_offsets(plans, plans->desc->fields[f].type, depth + 1))
            return false;
    }
    return true;
}

bool pr_type_same_offsets(const PrPlans *plans, uint32_t type)
{
    return plans->from == plans->to || same_offsets(plans, type, 0);
}
