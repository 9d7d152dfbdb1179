/* isalpha and its like are used by the number that they return, which glibc reads from a table of 16 bit numbers:
 * it is printed, added up, kept in structures, returned, and got through pointers to such functions. */
#include <ctype.h>
#include <stdio.h>
#include <wctype.h>

typedef int Test(int);

static const struct { const char *name; Test *test; } tests[] = {
    {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl}, {"digit", isdigit}, {"graph", isgraph},
    {"lower", islower}, {"print", isprint}, {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
};
enum { TESTS = sizeof tests / sizeof *tests };

struct token { int kind, wide; char c; };

static int kind_of(int c) { return isalpha(c) ? isalpha(c) : isdigit(c) + isspace(c) * 2; }

/* Only ever whether it is zero. */
static int is_word(int c) { return isalnum(c) || c == '_'; }

static int wide_kinds(wint_t c)
{
    return iswalpha(c) + iswdigit(c) + iswspace(c) + iswupper(c) + iswpunct(c) + iswxdigit(c);
}

int main(void)
{
    static const char text[] = "x = Array_7[i]\t+ 0xE4;\n";
    struct token tokens[sizeof text];
    long sum = 0;
    for (int i = 0; text[i]; i++) {
        int c = text[i], letter = isalpha(c), seen = isupper(c);
        tokens[i] = (struct token){ kind_of(c), wide_kinds((wint_t)c), (char)c };
        for (int k = 0; k < TESTS; k++)
            sum += tests[k].test(c);
        switch (letter & 1024) {
        case 1024: sum += 3; break;
        default: sum += is_word(c);
        }
        printf("%d %d %d %ld %d\n", c, letter, isxdigit(c), sum, seen ? 1 : 0);
    }
    for (int i = 0; text[i]; i++)
        printf("%c %d %d %d\n", isprint(tokens[i].c) ? tokens[i].c : '?', tokens[i].kind, tokens[i].wide,
               (ispunct)(tokens[i].c));
    return isalpha('a') >> 8;
}
