/* A calculator: tokens whose value stands in a union without a name, of a number or of one character, with the tag
 * beside it; and a text that grows. */
#include <ctype.h>
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    enum kind { NUMBER, OPERATOR, END } kind;
    union { double number; char op; };
} token;
PREACHES_TAG(token.number, kind, "0=number 1=op 2=-");

static const char *source;
static token current;

static void advance(void)
{
    char *end;
    while (isspace((unsigned char)*source))
        source++;
    if (!*source)
        current.kind = END;
    else if (isdigit((unsigned char)*source)) {
        current = (token){NUMBER, {strtod(source, &end)}};
        source = end;
    } else
        current = (token){OPERATOR, {.op = *source++}};
}

static double expression(int level);

static double operand(void)
{
    token t = current;
    advance();
    if (t.kind == NUMBER)
        return t.number;
    if (t.kind == OPERATOR && t.op == '-')
        return -expression(9);
    double value = expression(0);
    advance(); /* ) */
    return value;
}

static int level_of(char op) { return op == '+' || op == '-' ? 1 : op == '*' || op == '/' ? 2 : 0; }

static double expression(int level)
{
    double left = operand();
    while (current.kind == OPERATOR && level_of(current.op) > level) {
        char op = current.op;
        advance();
        double right = expression(level_of(op));
        left = op == '+' ? left + right : op == '-' ? left - right : op == '*' ? left * right : left / right;
    }
    return left;
}

int main(void)
{
    char *text = NULL;
    size_t length = 0;
    for (int i = 1; i < 12; i++) {
        char part[40];
        snprintf(part, sizeof part, "%s%d*(-%d - %d/%d)", i > 1 ? "+" : "", i, i * 3, i, i + 1);
        text = realloc(text, length + strlen(part) + 1);
        if (!text)
            return 1;
        strcpy(text + length, part);
        length += strlen(part);
        source = text;
        advance();
        printf("%zu %.6f\n", length, expression(0));
    }
    free(text);
    return 0;
}
