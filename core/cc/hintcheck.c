/* Hints that say different things of one name. Two structures of one name in two units are told apart by what they
 * are made of; their hints are by nothing, and the first would be taken for both. */
#include "hints.h"
#include <string.h>

/* Which say one thing of a name, HINT_N_KINDS for those that may be said more than once. */
static HintKind family(HintKind kind)
{
    switch (kind) {
    case HINT_ALWAYS:
    case HINT_TAG: return HINT_TAG;
    case HINT_ALLOC_BY:
    case HINT_ALLOC: return HINT_ALLOC;
    case HINT_ALLOCATOR:
    case HINT_TAIL:
    case HINT_CONSTANT: return kind;
    default: return HINT_N_KINDS;
    }
}

static gboolean contradict(const Hint *a, const Hint *b)
{
    return family(a->kind) != HINT_N_KINDS && family(a->kind) == family(b->kind) && a->nth == b->nth &&
           strcmp(cc_hint_bare(a->name), cc_hint_bare(b->name)) == 0 && strcmp(a->said, b->said) != 0;
}

void cc_hints_check_contradictions(Program *p)
{
    for (guint i = 1; i < p->hints->len; i++)
        for (guint k = 0; k < i; k++) {
            const Hint *h = p->hints->pdata[i], *before = p->hints->pdata[k];
            if (!contradict(h, before))
                continue;
            cc_hint_error(p, h, "another hint for '%s' says otherwise: %s:%u", h->name, before->file, before->line);
            break;
        }
}
