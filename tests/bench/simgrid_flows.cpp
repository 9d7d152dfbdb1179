/* The flows of simnet/simbench.c in SimGrid, as a peer to compare with: HOSTS FLOWS BUS(0,1). Prints
 * flows per second of CPU time and when the last one ended. */
#include <simgrid/s4u.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace sg = simgrid::s4u;

static uint64_t state = 88172645463325252ull;
static uint64_t draw()
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

struct Flow {
    unsigned from, to;
    double bytes, start;
};

int main(int argc, char **argv)
{
    sg::Engine e(&argc, argv);
    sg::Engine::set_config("network/model:CM02");
    sg::Engine::set_config("network/crosstraffic:0");
    sg::Engine::set_config("network/TCP-gamma:0");
    unsigned hosts = atoi(argv[1]), flows = atoi(argv[2]);
    bool bus = atoi(argv[3]) != 0;
    auto *zone = sg::create_star_zone("z"); // routes by host, not by pair: there are 1e8 pairs
    sg::LinkInRoute all(zone->create_link("all", 1.25e9)->set_latency(100e-6)->seal());
    std::vector<sg::Host *> host;
    for (unsigned h = 0; h < hosts; h++) {
        std::string n = std::to_string(h);
        host.push_back(zone->create_host("h" + n, 1e9)->seal());
        std::vector<sg::LinkInRoute> up, down;
        if (!bus) {
            up.emplace_back(zone->create_link("u" + n, 1.25e8)->set_latency(50e-6)->seal());
            down.emplace_back(zone->create_link("d" + n, 1.25e8)->set_latency(50e-6)->seal());
        }
        up.push_back(all); // a link that a route of a star names twice is taken once
        down.insert(down.begin(), all);
        zone->add_route(host[h]->get_netpoint(), nullptr, nullptr, nullptr, up, false);
        zone->add_route(nullptr, host[h]->get_netpoint(), nullptr, nullptr, down, false);
    }
    std::vector<Flow> flow(flows);
    for (auto &f : flow) {
        f.from = unsigned(draw() % hosts);
        f.to = (f.from + 1 + unsigned(draw() % (hosts - 1))) % hosts;
        f.bytes = double(100000 + draw() % 900000);
        f.start = double(draw() % 1000000) * 1e-6;
    }
    zone->seal();
    for (const auto &f : flow)
        sg::Actor::create("f", host[f.from], [&host, f] {
            sg::this_actor::sleep_until(f.start);
            sg::Comm::sendto(host[f.from], host[f.to], f.bytes);
        });
    clock_t start = clock();
    e.run();
    printf("%.6g %.9f\n", flows / (double(clock() - start) / CLOCKS_PER_SEC), e.get_clock());
    return 0;
}
