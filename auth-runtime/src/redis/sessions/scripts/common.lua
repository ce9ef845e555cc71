-- What all scripts of sessions use. KEYS[1] is the beginning of all keys.

local function session_key(digest)
    return KEYS[1] .. ':' .. digest
end

local function generation_key(name)
    return KEYS[1] .. '-generation:' .. name
end

local function index_key(name)
    return KEYS[1] .. '-index:' .. name
end

-- The time of the server, in milliseconds.
local function now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Large numbers are not written as 1e+15.
local function whole(number)
    return string.format('%.0f', number)
end

-- Whether a session exists: its generations must be the current ones. A generation that the server has lost ends its
-- sessions.
local function exists(digest)
    local generations = redis.call('HGET', session_key(digest), 'generations')
    if not generations then
        return false
    end
    local keys, values = {}, {}
    for name, value in string.gmatch(generations, '(%x+)=(%x+)') do
        keys[#keys + 1] = generation_key(name)
        values[#values + 1] = value
    end
    -- At least those of the issuer and of the subject.
    if #keys < 2 then
        return false
    end
    local current = redis.call('MGET', unpack(keys))
    for position, value in ipairs(values) do
        if current[position] ~= value then
            return false
        end
    end
    return true
end

-- Keeps a key at least until this time.
local function keep(key, time)
    if redis.call('PTTL', key) < math.max(time - now(), 0) then
        redis.call('PEXPIREAT', key, whole(time))
    end
end

-- Adds a session to the index of its subject, and removes those that have ended.
local function add_to_index(name, digest, ends_at)
    local key = index_key(name)
    redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now()))
    redis.call('ZADD', key, whole(ends_at), digest)
    keep(key, ends_at)
end

local function remove(digest)
    local index = redis.call('HGET', session_key(digest), 'index')
    redis.call('DEL', session_key(digest))
    if index then
        redis.call('ZREM', index_key(index), digest)
    end
end

