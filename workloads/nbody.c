/* nbody [BODIES [STEPS]]: bodies that attract each other, by leapfrog. The system is chaotic: one
 * result rounded otherwise, anywhere, and the digest is another one. */
#include "digest.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_BODIES = 256 };

struct vector {
    double x, y, z;
};
struct body {
    char name;
    double mass;
    struct vector at, speed;
    short near; /* index of the nearest body in the last step */
};

static struct vector between(const struct body *a, const struct body *b)
{
    struct vector d = {b->at.x - a->at.x, b->at.y - a->at.y, b->at.z - a->at.z};

    return d;
}

static void attract(struct body *a, struct body *b, double dt, double *nearest, short b_index)
{
    struct vector d = between(a, b);
    double square = d.x * d.x + d.y * d.y + d.z * d.z + 0.01;
    double pull = dt / (square * sqrt(square));

    a->speed.x += d.x * b->mass * pull;
    a->speed.y += d.y * b->mass * pull;
    a->speed.z += d.z * b->mass * pull;
    b->speed.x -= d.x * a->mass * pull;
    b->speed.y -= d.y * a->mass * pull;
    b->speed.z -= d.z * a->mass * pull;
    if (square < *nearest) {
        *nearest = square;
        a->near = b_index;
    }
}

static void step(struct body *bodies, int n, double dt)
{
    for (int i = 0; i < n; i++) {
        double nearest = 1e9;

        for (int j = i + 1; j < n; j++)
            attract(&bodies[i], &bodies[j], dt, &nearest, (short)j);
    }
    for (struct body *body = bodies; body < bodies + n; body++) {
        body->at.x += dt * body->speed.x;
        body->at.y += dt * body->speed.y;
        body->at.z += dt * body->speed.z;
    }
}

static double energy(const struct body *bodies, int n)
{
    double sum = 0;

    for (int i = 0; i < n; i++) {
        const struct vector *v = &bodies[i].speed;

        sum += 0.5 * bodies[i].mass * (v->x * v->x + v->y * v->y + v->z * v->z);
        for (int j = i + 1; j < n; j++) {
            struct vector d = between(&bodies[i], &bodies[j]);

            sum -= bodies[i].mass * bodies[j].mass / sqrt(d.x * d.x + d.y * d.y + d.z * d.z + 0.01);
        }
    }
    return sum;
}

static double random_unit(unsigned long long *state)
{
    return random_next(state) / 2147483648.0 - 0.5;
}

static void place(struct body *bodies, int n)
{
    unsigned long long state = 0x1998;

    for (int i = 0; i < n; i++) {
        struct body *body = &bodies[i];

        body->name = (char)('A' + i % 26);
        body->mass = 1.0 / n;
        body->near = -1;
        body->at.x = 2 * random_unit(&state);
        body->at.y = 2 * random_unit(&state);
        body->at.z = 2 * random_unit(&state);
        body->speed.x = random_unit(&state);
        body->speed.y = random_unit(&state);
        body->speed.z = random_unit(&state);
    }
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 40;
    int steps = argc > 2 ? atoi(argv[2]) : 40000;
    struct body bodies[MAX_BODIES] = {{0}};
    unsigned long long digest = DIGEST_START;

    if (n < 2 || n > MAX_BODIES || steps < 1) {
        fprintf(stderr, "usage: nbody [BODIES (2-%d) [STEPS]]\n", MAX_BODIES);
        return 2;
    }
    place(bodies, n);
    for (int i = 0; i < steps; i++) {
        step(bodies, n, 0.001);
        if (i % (steps / 5 + 1) == 0)
            printf("step %d: energy %.12f\n", i, energy(bodies, n));
    }
    for (int i = 0; i < n; i++) {
        digest = digest_double(digest, bodies[i].at.x);
        digest = digest_double(digest, bodies[i].speed.z);
        digest = digest_add(digest, (unsigned long long)(bodies[i].near + bodies[i].name));
    }
    printf("nbody: digest %016llx\n", digest);
    return 0;
}
