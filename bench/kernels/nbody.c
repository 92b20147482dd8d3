/* Bodies under gravity: structures, square roots, double arithmetic that depends on what went before. */
#include <math.h>
#include <stdio.h>

enum { BODIES = 5, STEPS = 4000000 };

struct body {
    double x, y, z, vx, vy, vz, mass;
};

static void step(struct body *bodies, double dt) {
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            struct body *a = &bodies[i], *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            double d2 = dx * dx + dy * dy + dz * dz + 1e-3;
            double mag = dt / (d2 * sqrt(d2));
            a->vx -= dx * b->mass * mag, a->vy -= dy * b->mass * mag, a->vz -= dz * b->mass * mag;
            b->vx += dx * a->mass * mag, b->vy += dy * a->mass * mag, b->vz += dz * a->mass * mag;
        }
    for (int i = 0; i < BODIES; i++) {
        bodies[i].x += dt * bodies[i].vx;
        bodies[i].y += dt * bodies[i].vy;
        bodies[i].z += dt * bodies[i].vz;
    }
}

int main(void) {
    struct body bodies[BODIES];
    for (int i = 0; i < BODIES; i++) {
        double k = i + 1;
        bodies[i] = (struct body){.x = cos(k) * k * 4, .y = sin(k) * k * 4, .z = (k - 3) * 0.2,
                                  .vx = -sin(k) / sqrt(k), .vy = cos(k) / sqrt(k), .vz = 0.01 * k,
                                  .mass = i == 0 ? 39.5 : 0.03 / k};
    }
    for (int i = 0; i < STEPS; i++)
        step(bodies, 0.0001);
    for (int i = 0; i < BODIES; i++)
        printf("%.9f %.9f %.9f\n", bodies[i].x, bodies[i].y, bodies[i].z);
    return 0;
}
