-- Ends all sessions of a subject, except for one, which gets the new generation of the subject. If that one does not exist,
-- no session has the new generation.
local subject, kept, generation = ARGV[1], ARGV[2], ARGV[3]
if exists(kept) then
    local key = session_key(kept)
    local found = redis.call('HMGET', key, 'generations', 'ends_at')
    local generations = string.gsub(found[1], subject .. '=%x+', subject .. '=' .. generation)
    redis.call('SET', generation_key(subject), generation)
    keep(generation_key(subject), tonumber(found[2]) + 60000)
    redis.call('HSET', key, 'generations', generations)
else
    redis.call('DEL', generation_key(subject))
end
for _, digest in ipairs(redis.call('ZRANGE', index_key(subject), 0, -1)) do
    if digest ~= kept then
        remove(digest)
    end
end
