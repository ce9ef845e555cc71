local digest = ARGV[1]
if not exists(digest) then
    return 0
end
local key = session_key(digest)
local session = redis.call('HMGET', key, 'seen_at', 'ends_at', 'idle_timeout', 'index')
local seen_at, ends_at = math.max(session[1], now()), tonumber(session[2])
redis.call('HSET', key, 'seen_at', whole(seen_at))
redis.call('PEXPIREAT', key, whole(math.min(ends_at, seen_at + session[3])))
-- The server may have lost the index.
add_to_index(session[4], digest, ends_at)
return 1
