-- Adds a session. The remaining arguments are its generations: the name of each, and a random value for a new one.
local digest, replaced, index, data, sealed = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local seen_at, idle_timeout, timeout_at = ARGV[6], ARGV[7], tonumber(ARGV[8])
local ends_at = tonumber(ARGV[9])

if exists(digest) then
    return 0
end
if timeout_at > now() then
    local generations = {}
    for argument = 10, #ARGV, 2 do
        local name, key = ARGV[argument], generation_key(ARGV[argument])
        redis.call('SET', key, ARGV[argument + 1], 'NX')
        -- A minute longer than the session.
        keep(key, ends_at + 60000)
        generations[#generations + 1] = name .. '=' .. redis.call('GET', key)
    end
    local key = session_key(digest)
    -- A session that was ended, but not yet deleted.
    redis.call('DEL', key)
    redis.call('HSET', key, 'data', data, 'seen_at', seen_at, 'ends_at', whole(ends_at), 'idle_timeout', idle_timeout,
        'index', index, 'generations', table.concat(generations, ' '))
    -- An empty value is not the same as none, so each begins with `=`.
    if sealed ~= '' then
        redis.call('HSET', key, 'sealed', string.sub(sealed, 2))
    end
    redis.call('PEXPIREAT', key, whole(timeout_at))
    add_to_index(index, digest, ends_at)
end
-- At the end: what failed before has replaced nothing.
if replaced ~= '' then
    remove(replaced)
end
return 1
