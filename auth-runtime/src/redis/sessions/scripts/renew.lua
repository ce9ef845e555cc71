-- The renewal is a random value: it tells whether this command was executed before, without an answer.
local old, new, sealed, renewal = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local key = session_key(new)
if exists(new) then
    if redis.call('HGET', key, 'renewal') == renewal then
        return 1
    end
    return -1
end
if not exists(old) then
    return 0
end
local session = redis.call('HMGET', session_key(old), 'index', 'ends_at')
redis.call('RENAME', session_key(old), key)
redis.call('HSET', key, 'renewal', renewal)
if sealed == '' then
    redis.call('HDEL', key, 'sealed')
else
    redis.call('HSET', key, 'sealed', string.sub(sealed, 2))
end
redis.call('ZREM', index_key(session[1]), old)
add_to_index(session[1], new, tonumber(session[2]))
return 1
