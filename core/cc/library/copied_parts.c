/* Values taken apart into several numbers and put together again, as a hint `parts TYPE` says (core/cc/parts.c): what
 * a program has memcpy() do, as for the operands in an interpreter's code, in one way on all machines. Instrumented
 * like any other source of the program.
 *
 * A number's parts stand with the low one first, as memcpy leaves them on x86: each part is a number, and is carried
 * over as one. An address is no such number, since another machine has things elsewhere. Its parts are its place in a
 * table of addresses, from 1: 32 bits everywhere, and zeros behind them where an address is wider; 0 is NULL. The
 * table is carried over as what it is, pointers. It only grows: nobody says when a part is not needed any more; so the
 * addresses kept last are not kept twice.
 *
 * The text is given to every architecture's compiler as it stands, without a preprocessor. */

# 1 "<preaches>/stdlib.h" 1 3
void *realloc(void *block, unsigned long bytes);
void abort(void);
# 17 "<preaches>/copied_parts.c" 2
enum { preaches_recently = 1024 };
static void **preaches_addresses;
static unsigned preaches_n_addresses, preaches_room;
static unsigned preaches_recent[preaches_recently]; /* places, by addresses; after a restart elsewhere, of others */

static int preaches_low_first(void)
{
    const unsigned short one = 1;
    return *(const unsigned char *)&one;
}

static void *preaches_copy_parts(char *to, const char *from, unsigned long bytes, unsigned long part)
{
    unsigned long i;
    if (preaches_low_first())
        return __builtin_memcpy(to, from, bytes);
    for (i = 0; i < bytes; i += part)
        __builtin_memcpy(to + i, from + (bytes - part - i), part);
    return to;
}

void *preaches_copy_parts2(void *to, const void *from, unsigned long bytes)
{
    return preaches_copy_parts(to, from, bytes, 2);
}

void *preaches_copy_parts4(void *to, const void *from, unsigned long bytes)
{
    return preaches_copy_parts(to, from, bytes, 4);
}

/* ---- addresses ---- */

static unsigned preaches_append(void *address)
{
    if (preaches_n_addresses == preaches_room) {
        void **more;
        preaches_room = preaches_room ? 2 * preaches_room : 256;
        more = realloc(preaches_addresses, preaches_room * sizeof(void *));
        if (!more)
            abort();
        preaches_addresses = more;
    }
    preaches_addresses[preaches_n_addresses++] = address;
    return preaches_n_addresses;
}

static unsigned preaches_place_of(void *address)
{
    unsigned *place = &preaches_recent[((unsigned long)address >> 2) % preaches_recently];
    if (!address)
        return 0;
    if (!*place || preaches_addresses[*place - 1] != address)
        *place = preaches_append(address);
    return *place;
}

/* What a place says; places that nobody made are no addresses. */
static void *preaches_put_back(void *to, unsigned place)
{
    if (place > preaches_n_addresses)
        abort();
    *(void **)to = place ? preaches_addresses[place - 1] : 0;
    return to;
}

void *preaches_put_address2(void *to, const void *from, unsigned long bytes)
{
    unsigned place = preaches_place_of(*(void *const *)from);
    unsigned short *part = to;
    unsigned long i;
    part[0] = (unsigned short)place;
    part[1] = (unsigned short)(place >> 16);
    for (i = 2; i < bytes / 2; i++)
        part[i] = 0;
    return to;
}

void *preaches_put_address4(void *to, const void *from, unsigned long bytes)
{
    unsigned *part = to;
    part[0] = preaches_place_of(*(void *const *)from);
    if (bytes > 4)
        part[1] = 0;
    return to;
}

void *preaches_get_address2(void *to, const void *from, unsigned long bytes)
{
    const unsigned short *part = from;
    (void)bytes;
    return preaches_put_back(to, part[0] | (unsigned)part[1] << 16);
}

void *preaches_get_address4(void *to, const void *from, unsigned long bytes)
{
    (void)bytes;
    return preaches_put_back(to, *(const unsigned *)from);
}
