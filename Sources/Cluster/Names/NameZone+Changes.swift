// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Kubernetes
internal import Net

/// What changes do to the names: each costs what it says, whatever else there is.
extension NameZone {
    mutating func setService(_ key: ObjectKey, _ object: Object?) {
        let name = ServiceName(namespace: key.namespace, name: key.name)
        guard object != nil || places[name] != nil, let place = place(of: name) else { return }
        for address in services[place].clusterAddresses where owners[address] == place { owners[address] = nil }
        services[place].read(object)
        for address in services[place].clusterAddresses { owners[address] = place }
        release(place)
    }

    mutating func setSlice(_ key: ObjectKey, _ facts: SliceFacts?) {
        let before = slicePlaces[key]
        guard let facts, let place = place(of: ServiceName(namespace: key.namespace, name: facts.service.name)) else {
            if let before { take(key, from: before) }
            return
        }
        if let before, before != place { take(key, from: before) }
        let slice = SliceNames(key.name, facts)
        slicePlaces[key] = place
        if let index = services[place].slices.firstIndex(where: { $0.name == key.name }) {
            let old = services[place].slices[index]
            services[place].slices[index] = slice
            exchange(old.endpoints, slice.endpoints, place)
        } else {
            services[place].slices.append(slice)
            exchange([], slice.endpoints, place)
        }
    }

    private mutating func take(_ key: ObjectKey, from place: Int) {
        slicePlaces[key] = nil
        guard let index = services[place].slices.firstIndex(where: { $0.name == key.name }) else { return }
        let old = services[place].slices.remove(at: index)
        exchange(old.endpoints, [], place)
        release(place)
    }

    /// Endpoints that stay where they were in their slice are not touched.
    private mutating func exchange(_ old: [SliceNames.Endpoint], _ new: [SliceNames.Endpoint], _ place: Int) {
        if old.count == new.count {
            for (before, after) in zip(old, new) where before != after { remove(before, place) }
            for (before, after) in zip(old, new) where before != after { insert(after, place) }
        } else {
            let same = zip(old, new).prefix { $0 == $1 }.count
            for endpoint in old[same...] { remove(endpoint, place) }
            for endpoint in new[same...] { insert(endpoint, place) }
        }
    }

    private mutating func insert(_ endpoint: SliceNames.Endpoint, _ place: Int) {
        let holder = EndpointHolders.Holder(service: place, hostname: endpoint.hostname)
        if holders.insert(holder, at: endpoint.address) { services[place].repetitions += 1 }
    }

    private mutating func remove(_ endpoint: SliceNames.Endpoint, _ place: Int) {
        let holder = EndpointHolders.Holder(service: place, hostname: endpoint.hostname)
        if holders.remove(holder, at: endpoint.address) == true { services[place].repetitions -= 1 }
    }

    /// Where what is known of a Service stands, or will stand; nil for a name that is too long to be one.
    private mutating func place(of name: ServiceName) -> Int? {
        if let place = places[name] { return place }
        guard let domainName = zoneNames.service(name) else { return nil }
        let names = ServiceNames(name, domainName)
        let place = free.popLast() ?? services.count
        if place < services.count { services[place] = names } else { services.append(names) }
        places[name] = place
        return place
    }

    /// Forgets a Service of which nothing is left.
    private mutating func release(_ place: Int) {
        guard services[place].form == .missing, services[place].slices.isEmpty else { return }
        places[services[place].key] = nil
        free.append(place)
    }
}
